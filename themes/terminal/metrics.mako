<%inherit file="base.mako"/>\
<%namespace name="parts" file="parts.mako"/>\
${parts.tabs(view.windows, "windows")}\
<div class="grid">
% if blocks:
${parts.finished(blocks["figures"])}\
% endif
</div>
${parts.tabs(view.pages, "more panels")}\
