<%inherit file="base.mako"/>\
<%def name="drawings()"></%def>\
<%namespace name="parts" file="parts.mako"/>\
<div class="prose">
${parts.finished(view.content.body_html)}
</div>
