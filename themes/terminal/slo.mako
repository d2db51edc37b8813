<%inherit file="base.mako"/>\
<%def name="drawings()"></%def>\
<%namespace name="parts" file="parts.mako"/>\
<div class="grid">
% if "panels" in blocks:
${parts.finished(blocks["panels"])}\
% endif
% if "maintenance" in blocks:
<section aria-labelledby="maintenance">
<h2 id="maintenance">maintenance</h2>
<ul>
${parts.finished(blocks["maintenance"])}\
</ul>
</section>
% endif
</div>
${parts.tabs(view.pages, "more services")}\
