<%inherit file="base.mako"/>\
<%def name="drawings()">${parts.finished(site.theme.prose_css)}</%def>\
<%namespace name="parts" file="parts.mako"/>\
<div class="prose">
<section aria-labelledby="projects"><h2 id="projects">projects</h2>
% if blocks:
<dl>
${parts.finished(blocks["projects"])}\
</dl>
% else:
<p class="none">○ no projects yet: write one as content/projects/name.md</p>
% endif
</section>
</div>
${parts.tabs(view.pages, "more projects")}\
