<%inherit file="base.mako"/>\
<%def name="drawings()">${parts.finished(site.theme.prose_css)}</%def>\
<%namespace name="parts" file="parts.mako"/>\
<div class="prose">
% if view.content:
${parts.finished(view.content.body_html)}
% elif view.first:
<section aria-labelledby="Name"><h2 id="Name">name</h2><p>${site.title} – ${site.description}</p></section>
% endif
% for group in ("projects", "posts"):
% if group in blocks:
<section aria-labelledby="${group.title()}"><h2 id="${group.title()}">${group}</h2>
<dl>
${parts.finished(blocks[group])}\
</dl>
</section>
% endif
% endfor
% if view.first:
<section aria-labelledby="See"><h2 id="See">see also</h2>
<p><a href="${site.base_path}techniques/">techniques</a>, <a href="${site.base_path}projects/">projects</a>, \
% if "posts" in blocks:
<a href="${site.base_path}posts/">posts</a>, \
% endif
<a href="${site.base_path}status.json">status.json</a>, <a href="${site.base_path}index.txt">index.txt</a>, <a href="${site.base_path}metrics.txt">metrics.txt</a>, <a href="${site.base_path}feed.xml">feed.xml</a>, <a href="${site.base_path}badge.svg">badge.svg</a></p>
</section>
% endif
</div>
${parts.tabs(view.pages, "more projects and posts")}\
