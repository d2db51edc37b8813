<%inherit file="base.mako"/>\
<%namespace name="parts" file="parts.mako"/>\
<div class="grid">
% if view.map:
<section aria-labelledby="map" class="wide hide">
<header><h2 id="map">service map</h2><p>calls, p95 and errors of each service · <span class="w">0.5 % errors and more</span> · <span class="c">5 % and more</span></p></header>
<div class="box" role="region" tabindex="0" aria-label="drawing of the service map">
${parts.finished(view.map)}
</div>
</section>
% endif
<section aria-labelledby="calls" class="wide">
<header><h2 id="calls">calls</h2><p>worst errors first</p></header>
${parts.notes(view.notes)}\
% if blocks:
<div class="lst">
<table>
<thead class="hide"><tr><th scope="col">call</th><th scope="col" class="n hide">calls</th><th scope="col" class="n">p95</th><th scope="col" class="n">errors</th><th scope="col">calls, compared</th></tr></thead>
<tbody>
${parts.finished(blocks["calls"])}\
</tbody>
</table>
</div>
% else:
<p class="none">○ no calls between services seen yet</p>
% endif
</section>
</div>
${parts.tabs(view.pages, "more calls")}\
