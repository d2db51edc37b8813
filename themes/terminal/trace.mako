<%inherit file="base.mako"/>\
<%namespace name="parts" file="parts.mako"/>\
<div class="grid">
% if view.breakdown or view.shares or view.notes:
<section aria-labelledby="share" class="wide">
<h2 id="share">where the time went</h2>
${parts.notes(view.notes)}\
${parts.finished(view.breakdown)}
% if view.shares:
${parts.table(view.shares, "where the time went")}\
% endif
</section>
% endif
% if "spans" in blocks:
<section aria-labelledby="spans" class="wide">
<h2 id="spans">spans</h2>
${parts.waterfall(view.ticks, blocks["spans"])}\
</section>
% endif
% if "details" in blocks:
<section aria-labelledby="attributes" class="wide">
<h2 id="attributes">slowest spans and errors</h2>
${parts.finished(blocks["details"])}\
</section>
% endif
</div>
${parts.tabs(view.pages, "more of this trace")}\
