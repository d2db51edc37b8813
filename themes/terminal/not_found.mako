<%inherit file="base.mako"/>\
<%def name="panels()"></%def>\
<%def name="drawings()"></%def>\
<%namespace name="parts" file="parts.mako"/>\
<%def name="head()">\
<meta name="robots" content="noindex">
</%def>\
<ul>
% for link in view.likely:
<li>${parts.cell(link)}</li>
% endfor
</ul>
