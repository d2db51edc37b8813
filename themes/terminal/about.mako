<%inherit file="base.mako"/>\
<%def name="drawings()"></%def>\
<%namespace name="parts" file="parts.mako"/>\
<%namespace name="cards" file="cards.mako"/>\
<div class="prose">
% if view.content:
${parts.finished(view.content.body_html)}
% else:
<section aria-labelledby="name"><h2 id="name">name</h2><p>${site.title} – ${site.description}</p></section>
% endif
% if view.projects.pages:
<section aria-labelledby="projects"><h2 id="projects">projects</h2>
${cards.list(view.projects)}\
</section>
% endif
% if view.posts.pages:
<section aria-labelledby="posts"><h2 id="posts">posts</h2>
${cards.list(view.posts)}\
</section>
% endif
<section aria-labelledby="see"><h2 id="see">see also</h2>
<p><a href="${site.base_path}techniques/">techniques</a>, <a href="${site.base_path}projects/">projects</a>, <a href="${site.base_path}status.json">status.json</a>, <a href="${site.base_path}index.txt">index.txt</a>, <a href="${site.base_path}metrics.txt">metrics.txt</a>, <a href="${site.base_path}feed.xml">feed.xml</a>, <a href="${site.base_path}badge.svg">badge.svg</a></p>
</section>
</div>
