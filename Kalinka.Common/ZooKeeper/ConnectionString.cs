using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Kalinka.Common.ZooKeeper;

/// <param name="Host">A name or an address; IPv6 without its brackets.</param>
public readonly record struct ServerAddress(string Host, int Port)
{
    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}

/// <summary><c>host:port,host:port/chroot</c>: the servers of one ensemble, and the znode that stands for the root.</summary>
/// <param name="Chroot">Empty for none, else <c>/path</c>.</param>
public sealed record ConnectionString(IReadOnlyList<ServerAddress> Servers, string Chroot)
{
    private const int DefaultPort = 2181;

    /// <param name="text">As it is written in the configuration; IPv6 addresses stand in brackets.</param>
    /// <param name="parsed">The result.</param>
    /// <param name="error">What is wrong and what would be right, for a person.</param>
    public static bool TryParse(
        string text,
        [NotNullWhen(true)] out ConnectionString? parsed,
        [NotNullWhen(false)] out string? error
    )
    {
        parsed = null;
        var trimmed = text.Trim();
        var slash = trimmed.IndexOf('/');
        var chroot = slash < 0 || slash == trimmed.Length - 1 ? "" : trimmed[slash..];
        error = null;
        var servers = new List<ServerAddress>();
        foreach (var part in (slash < 0 ? trimmed : trimmed[..slash]).Split(','))
        {
            var wrong = Fault(part.Trim(), out var server);
            error ??= wrong;
            servers.Add(server);
        }

        if (chroot.Length > 0 && ChrootFault(chroot) is { } fault)
        {
            error ??= $"the chroot '{chroot}': {fault}";
        }

        parsed = error is null ? new ConnectionString(servers, chroot) : null;
        return parsed is not null;
    }

    public override string ToString() => string.Join(',', Servers) + Chroot;

    // A znode's name may hold a comma; whoever writes one here has put the chroot behind each server.
    private static string? ChrootFault(string chroot) =>
        chroot.Contains(',')
            ? "it stands once, behind the last server: host:port,host:port/chroot"
            : ZnodePath.Fault(chroot);

    private static string? Fault(string part, out ServerAddress server)
    {
        server = default;
        if (part.Length == 0)
        {
            return "a server is missing; expected host:port,host:port/chroot";
        }

        return part[0] == '[' ? BracketedFault(part, out server) : NamedFault(part, out server);
    }

    private static string? BracketedFault(string part, out ServerAddress server)
    {
        server = default;
        var end = part.IndexOf(']');
        if (end < 0 || Uri.CheckHostName(part[1..end]) != UriHostNameType.IPv6)
        {
            return $"'{part}' is no IPv6 address in brackets";
        }

        var rest = part[(end + 1)..];
        if (rest.Length > 0 && rest[0] != ':')
        {
            return $"'{part}' has something other than :port behind its bracket";
        }

        return PortFault(part, part[1..end], rest.Length == 0 ? null : rest[1..], out server);
    }

    private static string? NamedFault(string part, out ServerAddress server)
    {
        server = default;
        var colon = part.IndexOf(':');
        if (colon >= 0 && part.IndexOf(':', colon + 1) >= 0)
        {
            return $"'{part}' has more than one colon; an IPv6 address is written as [::1]:2181";
        }

        var host = colon < 0 ? part : part[..colon];
        return Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4
            ? PortFault(part, host, colon < 0 ? null : part[(colon + 1)..], out server)
            : $"'{part}' does not begin with a host name or an address";
    }

    private static string? PortFault(string part, string host, string? text, out ServerAddress server)
    {
        var port = DefaultPort;
        var legal = text is null || int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port);
        server = new ServerAddress(host, port);
        return legal && port is > 0 and <= ushort.MaxValue ? null : $"'{part}': a port is a number from 1 to 65535";
    }
}
