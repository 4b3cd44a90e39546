"""The file that tells browsers when to use the relay (proxy auto-configuration)."""

from string import Template


MEDIA_TYPE = "application/x-ns-proxy-autoconfig"
PATH = "/proxy.pac"

# plain JavaScript: isPlainHostName() and others differ between browsers, or ask a name;
# no way around the relay: what it must not send over a metered line, nobody shall
_FILE = Template("""\
function FindProxyForURL(url, host) {
  host = host.toLowerCase();
  if (!/[.:]/.test(host) ||
      /\\.(localhost|local|lan|internal|intranet|home\\.arpa)$$/.test(host)) {
    return "DIRECT";
  }
  if (/^(0|10|127)\\.[0-9.]+$$/.test(host) || /^192\\.168\\.[0-9.]+$$/.test(host) ||
      /^169\\.254\\.[0-9.]+$$/.test(host) ||
      /^172\\.(1[6-9]|2[0-9]|3[01])\\.[0-9.]+$$/.test(host)) {
    return "DIRECT";
  }
  if (/^\\[?(::1?|f[cd][0-9a-f]*:.*|fe[89ab][0-9a-f]:.*)\\]?$$/.test(host)) {
    return "DIRECT";
  }
  return "PROXY $relay";
}
""")


def pac(relay: str) -> str:
    """Return the file for a relay at *relay*, ``host:port``.

    This machine and the network around it are reached directly, all else by the relay.
    """
    return _FILE.substitute(relay=relay)
