using System.Text;

namespace Kalinka.Pub.Presence.Sources;

/// <summary>How a goodbye of Mosquitto 2.0 ends (<c>do_disconnect</c> in loop.c).</summary>
internal static class PlainEndings
{
    private static readonly byte[][] Endings =
    [
        .. new[]
        {
            " disconnected.",
            " closed its connection.",
            " has exceeded timeout, disconnecting.",
            " disconnected due to malformed packet.",
            " disconnected due to protocol error.",
            " disconnected due to oversize packet.",
            " disconnected due to oversize payload.",
            " disconnected due to out of memory.",
            " disconnected due to QoS too high or retain not supported.",
            " disconnected due to using not allowed feature (QoS too high, retain not supported, or bad AUTH method).",
            " disconnected, not authorised.",
            " been disconnected by administrative action.",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    // What strerror says in the C locale, in which Mosquitto runs.
    private static readonly byte[][] SystemErrors =
    [
        .. new[]
        {
            "Connection reset by peer.",
            "Connection timed out.",
            "Broken pipe.",
            "No route to host.",
            "Network is unreachable.",
            "Network is down.",
            "Network dropped connection on reset.",
            "Host is down.",
            "Software caused connection abort.",
            "Protocol error.",
            "Input/output error.",
            "Bad file descriptor.",
            "Transport endpoint is not connected.",
            "Resource temporarily unavailable.",
            "Operation not permitted.",
            "Cannot allocate memory.",
            "Success.",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    /// <returns>The length of the ending; 0 when it has none.</returns>
    public static int LengthOf(ReadOnlySpan<byte> text)
    {
        foreach (var ending in Endings)
        {
            if (text.EndsWith(ending))
            {
                return ending.Length;
            }
        }

        return 0;
    }

    public static bool IsSystemError(ReadOnlySpan<byte> text)
    {
        foreach (var error in SystemErrors)
        {
            if (text.SequenceEqual(error))
            {
                return true;
            }
        }

        return false;
    }
}
