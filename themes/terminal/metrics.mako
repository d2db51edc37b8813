<%inherit file="base.mako"/>\
<%namespace name="parts" file="parts.mako"/>\
<div class="grid">
% if view.goes_on:
<h2 class="group">${view.goes_on}, continued</h2>
% endif
% if blocks:
${parts.finished(blocks["figures"])}\
% endif
</div>
${parts.tabs(view.pages, "more panels")}\
<%def name="aside()">${parts.tabs(view.windows, "windows")}</%def>\
