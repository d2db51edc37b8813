<%def name="list(listing)">\
<dl>
% for entry in listing.pages:
<dt><a href="${site.base_path}${entry.path.removeprefix('/')}">${entry.title}</a></dt>
% if entry.description:
<dd>${entry.description}</dd>
% endif
% endfor
</dl>
% if listing.more:
<p>and <data value="${listing.more}">${listing.more}</data> more, all in <a href="${site.base_path}sitemap.xml">sitemap.xml</a></p>
% endif
</%def>
