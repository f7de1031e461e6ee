using System.Globalization;
using System.Net;

namespace Kalinka.Common.Configuration;

/// <summary>Hosts and lists of them, as configurations write them.</summary>
internal static class Hosts
{
    /// <summary>What is wrong with <c>host:port,host:port</c>, Kafka's bootstrap servers; null when nothing is.</summary>
    public static string? ListProblem(string list)
    {
        foreach (var entry in list.Split(','))
        {
            if (!IsServer(entry.Trim()))
            {
                return $"'{entry.Trim()}' is no host:port; k1:9092,k2:9092 is expected";
            }
        }

        return null;
    }

    /// <summary>A host of this machine only.</summary>
    public static bool IsLoopback(string host) =>
        host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private static bool IsServer(string entry)
    {
        // librdkafka takes a protocol before each server: SASL_SSL://k1:9092.
        var scheme = entry.IndexOf("://", StringComparison.Ordinal);
        var server = scheme < 0 ? entry : entry[(scheme + 3)..];
        var colon = server.LastIndexOf(':');
        if (colon < 0 || server.EndsWith(']'))
        {
            return IsHost(server);
        }

        return IsHost(server[..colon])
            && ushort.TryParse(server[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port > 0;
    }

    private static bool IsHost(string host) => Uri.CheckHostName(host) != UriHostNameType.Unknown;
}
