<%def name="list(pages)">\
<dl>
% for entry in pages:
<dt><a href="${site.base_path}${entry.path.removeprefix('/')}">${entry.title}</a></dt>
<dd>${entry.description}</dd>
% endfor
</dl>
</%def>
