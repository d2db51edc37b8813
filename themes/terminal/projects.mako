<%inherit file="base.mako"/>\
<%def name="drawings()">${parts.finished(site.theme.prose_css)}</%def>\
<%namespace name="parts" file="parts.mako"/>\
<div class="grid">
% if "rows" in blocks or "cards" not in blocks:
<section aria-labelledby="projects" class="wide">
<header><h2 id="projects">ls -la projects/</h2><p>${parts.say(view.shell.sentence)}</p></header>
% if blocks:
<table>
<thead><tr><th scope="col">name</th><th scope="col" class="hide">status</th><th scope="col" class="hide">mode</th><th scope="col" class="n hide">size</th><th scope="col" class="hide">changed</th><th scope="col">live</th><th scope="col" class="hide">what</th></tr></thead>
<tbody>
${parts.finished(blocks["rows"])}\
</tbody>
</table>
% else:
<p class="none">○ no projects yet: write one as content/projects/name.md</p>
% endif
</section>
% endif
% if "cards" in blocks:
${parts.finished(blocks["cards"])}\
% endif
</div>
${parts.tabs(view.pages, "more projects")}\
