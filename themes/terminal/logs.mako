<%inherit file="base.mako"/>\
<%def name="drawings()"></%def>\
<%namespace name="parts" file="parts.mako"/>\
<div class="grid">
<section aria-labelledby="lines" class="wide">
<h2 id="lines">lines, newest first</h2>
${parts.notes(view.notes)}\
% if blocks:
<fieldset><legend class="vh">show levels</legend>
<label><input type="radio" name="l" id="la" checked>all</label>
<label><input type="radio" name="l" id="lw">warn and worse</label>
<label><input type="radio" name="l" id="le">error</label>
</fieldset>
<ol class="log">
${parts.finished(blocks["lines"])}\
</ol>
% else:
<p class="none">○ no lines yet</p>
% endif
</section>
</div>
${parts.tabs(view.pages, "older lines")}\
