<%inherit file="base.mako"/>\
<%namespace name="parts" file="parts.mako"/>\
${parts.tabs(view.windows, "windows")}\
<div class="grid">
% for drawn in view.figures:
${parts.figure(drawn)}\
% endfor
</div>
${parts.tabs(view.pages, "more panels")}\
