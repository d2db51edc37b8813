<%inherit file="base.mako"/>\
<%def name="drawings()">${parts.finished(site.theme.prose_css)}</%def>\
<%namespace name="parts" file="parts.mako"/>\
<div class="grid">
% for number, entry in enumerate(view.entries):
<section aria-labelledby="t${number}" class="wide">
<h2 id="t${number}">${entry.title}</h2>
<p class="cap">${entry.why}</p>
${parts.finished(entry.excerpt.code_html)}
<p class="mute">${entry.excerpt.path}, from line ${entry.excerpt.first_line}</p>
</section>
% endfor
</div>
