<%inherit file="base.mako"/>\
<%def name="drawings()"></%def>\
<%namespace name="cards" file="cards.mako"/>\
<div class="prose">
<section aria-labelledby="projects"><h2 id="projects">projects</h2>
% if view.projects.pages:
${cards.list(view.projects)}\
% else:
<p class="none">○ no projects yet: write one as content/projects/name.md</p>
% endif
</section>
</div>
