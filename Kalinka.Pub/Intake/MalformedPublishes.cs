namespace Kalinka.Pub.Intake;

/// <summary>
/// A malformed PUBLISH ends the connection, as it must. But a broker that keeps it for the session sends it again on
/// every connection, and everything behind it would wait for ever: when the same packet has ended two connections in a row, it
/// is accepted, to become a dead letter. One per seat, over all its connections; on their receive threads.
/// </summary>
internal sealed class MalformedPublishes
{
    private const int Patience = 2;

    private int _last;
    private int _endings;

    /// <param name="body">The packet behind its fixed header, packet identifier included.</param>
    public bool Accepts(ReadOnlySpan<byte> body)
    {
        var hash = new HashCode();
        hash.AddBytes(body);
        var packet = hash.ToHashCode();
        if (_endings == 0 || packet != _last)
        {
            (_last, _endings) = (packet, 1);
            return false;
        }

        return ++_endings > Patience;
    }
}
