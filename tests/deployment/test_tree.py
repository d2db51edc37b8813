"""What of a tree is looked at before it goes out: all that a tree which went out did not have."""

import pytest
from sitegen.deployment.tree import check_tree, scan_tree
from sitegen.errors import GateError
from tests.deployment.house import page, write_site


@pytest.fixture
def checked(dist):
    """The digests of a tree that went out."""
    return {file.path: file.sha256 for file in scan_tree(dist).files}


def test_a_tree_that_went_out_has_no_page_to_look_at(dist, checked):
    assert scan_tree(dist).changed(checked) == {}
    check_tree(scan_tree(dist), "", checked)


def test_a_page_that_changed_is_looked_at(dist, checked):
    (dist / "about" / "index.html").write_text(page("about", "/nowhere/"))
    assert list(scan_tree(dist).changed(checked)) == ["about/index.html"]
    with pytest.raises(GateError, match="'/nowhere/' leads to no file"):
        check_tree(scan_tree(dist), "", checked)


def test_a_page_that_is_new_is_looked_at(dist, checked):
    (dist / "new").mkdir()
    (dist / "new" / "index.html").write_text(page("new", "../nowhere/"))
    with pytest.raises(GateError, match="leads to no file"):
        check_tree(scan_tree(dist), "", checked)


def test_where_a_file_has_left_the_pages_that_link_to_it_are_looked_at_though_they_are_as_they_were(
    dist, checked
):
    (dist / "about" / "me.png").unlink()
    with pytest.raises(GateError, match=r"about/index\.html: 'me\.png' leads to no file"):
        check_tree(scan_tree(dist), "", checked)


def test_without_a_tree_that_went_out_every_page_is_looked_at(dist):
    write_site(dist)
    assert len(scan_tree(dist).changed({})) == len(scan_tree(dist).markup)
