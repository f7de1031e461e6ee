using System.Text;

namespace Kalinka.Pub.Presence;

/// <summary>
/// Kalinka's own connections with one broker, which tells of them as of any other client's. They have no place in the
/// directory. Immutable.
/// </summary>
/// <param name="clientId">What the Client Identifiers of kalinka-pub begin with.</param>
/// <param name="broker">Its name.</param>
internal sealed class OwnClients(string clientId, string broker)
{
    private readonly byte[] _seat = Encoding.UTF8.GetBytes($"{clientId}-{broker}-");
    private readonly byte[] _linkEnd = Encoding.UTF8.GetBytes($"-{broker}");

    // Of kalinka-sub, by its default and where both have one prefix; and of the verb check of either.
    private readonly byte[][] _beginnings = [.. Beginnings(clientId)];
    private readonly byte[][] _checks = [.. Beginnings(clientId).Select(each => (byte[])[.. each, .. "check-"u8])];

    public bool Has(ReadOnlySpan<byte> client) => IsOfPub(client) || IsOfSub(client) || IsCheck(client);

    private static IEnumerable<byte[]> Beginnings(string clientId) =>
        new[] { clientId, "kalinka-pub", "kalinka-sub" }.Distinct().Select(each => Encoding.UTF8.GetBytes($"{each}-"));

    // A seat's session, or a look at a broker that others serve.
    private bool IsOfPub(ReadOnlySpan<byte> client)
    {
        if (!client.StartsWith(_seat) || client.Length == _seat.Length)
        {
            return false;
        }

        var rest = client[_seat.Length..];
        return rest.StartsWith("look-"u8) || !rest.ContainsAnyExceptInRange((byte)'0', (byte)'9');
    }

    private bool IsOfSub(ReadOnlySpan<byte> client)
    {
        foreach (var beginning in _beginnings)
        {
            // Without the instance in between where each broker is one instance's.
            if (
                client.Length >= beginning.Length + _linkEnd.Length - 1
                && client.StartsWith(beginning)
                && client.EndsWith(_linkEnd)
            )
            {
                return true;
            }
        }

        return false;
    }

    private bool IsCheck(ReadOnlySpan<byte> client)
    {
        foreach (var check in _checks)
        {
            if (client.StartsWith(check) && !client[check.Length..].ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            {
                return true;
            }
        }

        return false;
    }
}
