"""Explorer: an atlas as a page that opens in a browser."""

from armillary.explorer.payload import report_payload as report_payload
from armillary.explorer.render import report_files as report_files
from armillary.explorer.render import report_html as report_html
