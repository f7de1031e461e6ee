namespace Kalinka.Pub.Producing;

/// <summary>
/// Messages that Kafka confirmed when the connection they came by was gone: the broker sends each again, with its packet
/// identifier and DUP, and it need not be produced again. Only these: the broker cannot have had their PUBACK, so their
/// packet identifiers cannot mean anything else in the resumed session. Not thread-safe.
/// </summary>
/// <param name="limit">How many are kept; of others nothing is known.</param>
internal sealed class ConfirmedMessages(int limit)
{
    private readonly Dictionary<ushort, int> _fingerprints = [];
    private volatile int _count;

    // A message of the same connection is gone unconfirmed: which ones, is not told.
    private bool _doubtful;

    /// <summary>Any thread.</summary>
    public bool IsEmpty => _count == 0;

    public void Add(ushort packetIdentifier, int fingerprint)
    {
        if (!_doubtful && _fingerprints.Count < limit)
        {
            _fingerprints[packetIdentifier] = fingerprint;
            _count = _fingerprints.Count;
        }
    }

    /// <summary>
    /// Whether the message is one of them. Either way its packet identifier says nothing any more: it has come, or means
    /// another message now.
    /// </summary>
    public bool Take(ushort packetIdentifier, bool dup, int fingerprint)
    {
        var known = _fingerprints.Remove(packetIdentifier, out var confirmed);
        _count = _fingerprints.Count;
        return known && dup && confirmed == fingerprint;
    }

    /// <summary>Nothing of the current connection counts as confirmed.</summary>
    public void Doubt()
    {
        Forget();
        _doubtful = true;
    }

    /// <summary>The next connection begins.</summary>
    /// <param name="resumed">It has the session of the last one, and its packet identifiers.</param>
    public void BeginNext(bool resumed)
    {
        _doubtful = false;
        if (!resumed)
        {
            Forget();
        }
    }

    public void Forget()
    {
        _fingerprints.Clear();
        _count = 0;
    }
}
