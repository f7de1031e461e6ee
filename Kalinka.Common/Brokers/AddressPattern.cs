using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Kalinka.Common.Brokers;

/// <summary>
/// Which addresses an announced broker may have: <c>host</c>, <c>*.example.org</c>, an IP address or a network in CIDR
/// notation, with <c>:port</c> behind it where only one port is meant and <c>mqtt://</c> or <c>mqtts://</c> before it
/// where only one scheme is. An IPv6 address with a port stands in brackets. <c>*</c> alone as the host is every host, as
/// the port every port.
/// </summary>
/// <remarks>
/// A network matches addresses, never names: what a name stands for is decided by whoever runs its DNS, and may be
/// another address when the connection is made.
/// </remarks>
public sealed class AddressPattern
{
    private const string Expected =
        "b1.example.org, *.example.org:8883, 10.0.0.0/8, mqtts://*.example.org or * is expected";

    private const string Any = "*";

    private readonly string _text;
    private readonly bool? _tls;
    private readonly int? _port;

    // One of these.
    private readonly IPNetwork? _network;
    private readonly string _name;

    private AddressPattern(string text, bool? tls, int? port, IPNetwork? network, string name) =>
        (_text, _tls, _port, _network, _name) = (text, tls, port, network, name);

    /// <summary>Whoever can announce a broker decides alone where connections go.</summary>
    internal bool IsAnywhere => _name == Any || _network is { PrefixLength: 0 };

    /// <summary>A plain connection may be allowed by it.</summary>
    internal bool AllowsPlain => _tls is not true;

    /// <summary>False, and what is wrong, for anything else.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out AddressPattern? pattern, out string problem)
    {
        pattern = null;
        problem = $"'{text}' is no pattern of addresses: {Expected}";
        if (!TrySplitScheme(text, out var tls, out var rest) || !TrySplitPort(rest, out var host, out var port))
        {
            return false;
        }

        if (NetworkOf(host) is { } network)
        {
            pattern = new AddressPattern(text, tls, port, network, "");
        }
        else if (IsName(host))
        {
            pattern = new AddressPattern(text, tls, port, null, host);
        }

        problem = pattern is null ? problem : "";
        return pattern is not null;
    }

    public override string ToString() => _text;

    /// <param name="host">A name or an address; IPv6 without its brackets.</param>
    internal bool Matches(string host, int port, bool tls) =>
        (_tls is null || _tls == tls) && (_port is null || _port == port) && MatchesHost(host.TrimEnd('.'));

    private bool MatchesHost(string host)
    {
        if (_name == Any)
        {
            return true;
        }

        if (IPAddress.TryParse(host, out var address))
        {
            return _network?.Contains(Plain(address)) == true;
        }

        return _network is null
            && (
                _name.StartsWith('*')
                    ? host.Length > _name.Length - 1 && host.EndsWith(_name[1..], StringComparison.OrdinalIgnoreCase)
                    : host.Equals(_name, StringComparison.OrdinalIgnoreCase)
            );
    }

    private static bool TrySplitScheme(string text, out bool? tls, out string rest)
    {
        var end = text.IndexOf("://", StringComparison.Ordinal);
        rest = end < 0 ? text : text[(end + 3)..];
        tls = end < 0 ? null : text[..end].Equals("mqtts", StringComparison.OrdinalIgnoreCase);
        return end < 0 || tls == true || text[..end].Equals("mqtt", StringComparison.OrdinalIgnoreCase);
    }

    private static bool TrySplitPort(string text, out string host, out int? port)
    {
        (host, port) = (text, null);
        var colon = text.LastIndexOf(':');
        var bracket = text.LastIndexOf(']');

        // More than one colon without brackets: an IPv6 address, which has no port.
        if (colon > bracket && (bracket > 0 || text.IndexOf(':', StringComparison.Ordinal) == colon))
        {
            if (!TryPort(text.AsSpan(colon + 1), out port))
            {
                return false;
            }

            host = text[..colon];
        }

        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
        }

        host = host.TrimEnd('.');
        return true;
    }

    private static bool TryPort(ReadOnlySpan<char> text, out int? port)
    {
        port = null;
        if (text is Any)
        {
            return true;
        }

        var legal =
            ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0;
        port = number;
        return legal;
    }

    private static IPNetwork? NetworkOf(string host)
    {
        if (IPNetwork.TryParse(host, out var network))
        {
            return network;
        }

        return IPAddress.TryParse(host, out var address) && Plain(address) is var plain
            ? new IPNetwork(plain, plain.GetAddressBytes().Length * 8)
            : null;
    }

    private static bool IsName(string host)
    {
        var name = host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host;
        return host == Any || Uri.CheckHostName(name) == UriHostNameType.Dns;
    }

    // ::ffff:10.0.0.1 is 10.0.0.1.
    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
