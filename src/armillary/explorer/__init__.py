"""Explorer: an atlas as a page that opens in a browser."""

from armillary.explorer.bodies import Bodies as Bodies
from armillary.explorer.page import page_html as page_html
from armillary.explorer.page import report_files as report_files
from armillary.explorer.page import report_html as report_html
