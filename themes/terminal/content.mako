<%inherit file="base.mako"/>\
<%namespace name="parts" file="parts.mako"/>\
<article class="prose">
${parts.finished(view.content.body_html)}
</article>
