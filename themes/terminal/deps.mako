<%inherit file="base.mako"/>\
<%namespace name="parts" file="parts.mako"/>\
<div class="grid">
<section aria-labelledby="map" class="wide">
<h2 id="map">who calls whom</h2>
${parts.notes(view.notes)}\
% if view.map:
<div class="box" role="region" tabindex="0" aria-label="service map">
${parts.finished(view.map)}
</div>
% endif
% if blocks:
${parts.table(view.edges, "calls between services", blocks["calls"])}\
% else:
<p class="none">○ no calls between services seen yet</p>
% endif
</section>
</div>
${parts.tabs(view.pages, "more calls")}\
