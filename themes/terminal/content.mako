<%inherit file="base.mako"/>\
<%def name="drawings()">${parts.finished(site.theme.prose_css)}</%def>\
<%namespace name="parts" file="parts.mako"/>\
<div class="prose">
${parts.finished(view.content.body_html)}
</div>
