using Kalinka.Common.Text;

namespace Kalinka.Pub.Presence;

/// <summary>
/// The clients of one broker that are connected by what the broker itself has told, in its order: not what is written, but
/// what to compare it with. Any thread. About 100 bytes and the id for a client; beyond the capacity a client is not known.
/// </summary>
internal sealed class ConnectedClients(int capacity)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<byte[], Connection> _clients = new(ByteArrayComparer.Instance);

    // Of the reader's connection with the broker: what was told on an earlier one may be of before a restart.
    private int _era;

    // Changed under the lock, read without: a look at it must cost nothing while there is nothing.
    private volatile int _count;

    public int Count => _count;

    /// <param name="clientId">UTF-8.</param>
    /// <param name="session">Of the connection; 0 when it is not told.</param>
    /// <param name="time">By the broker's clock; 0 when it is not told.</param>
    /// <returns>False when a later connection is known already.</returns>
    public bool TryConnect(ReadOnlySpan<byte> clientId, long session, long time)
    {
        lock (_lock)
        {
            var clients = _clients.GetAlternateLookup<ReadOnlySpan<byte>>();
            if (clients.TryGetValue(clientId, out var known))
            {
                if (time != 0 && time < known.Time)
                {
                    return false;
                }

                // Another source may tell less of the same connection.
                clients[clientId] =
                    session == 0
                        ? known with
                        {
                            Time = Math.Max(time, known.Time),
                            Era = _era,
                        }
                        : new(session, time, _era);
            }
            else if (_clients.Count < capacity)
            {
                clients[clientId] = new Connection(session, time, _era);
                _count = _clients.Count;
            }

            return true;
        }
    }

    /// <returns>False when the connection that ended is not the one that is known.</returns>
    public bool TryDisconnect(ReadOnlySpan<byte> clientId, long session, long time)
    {
        lock (_lock)
        {
            var clients = _clients.GetAlternateLookup<ReadOnlySpan<byte>>();
            if (clients.TryGetValue(clientId, out var known))
            {
                if (
                    (session != 0 && known.Session != 0 && session != known.Session) || (time != 0 && time < known.Time)
                )
                {
                    return false;
                }

                clients.Remove(clientId);
                _count = _clients.Count;
            }

            return true;
        }
    }

    public bool Contains(ReadOnlySpan<byte> clientId)
    {
        if (_count == 0)
        {
            return false;
        }

        lock (_lock)
        {
            return _clients.GetAlternateLookup<ReadOnlySpan<byte>>().ContainsKey(clientId);
        }
    }

    /// <summary>What comes from here on is told on a new connection with the broker.</summary>
    public void BeginEra()
    {
        lock (_lock)
        {
            _era++;
        }
    }

    /// <summary>Forgets what was told on earlier connections with the broker.</summary>
    public void ForgetEarlierEras()
    {
        lock (_lock)
        {
            foreach (var (clientId, connection) in _clients)
            {
                if (connection.Era != _era)
                {
                    _clients.Remove(clientId);
                }
            }

            _count = _clients.Count;
        }
    }

    public void Clear()
    {
        lock (_lock)
        {
            _clients.Clear();
            _clients.TrimExcess();
            _count = 0;
        }
    }

    public IReadOnlyList<byte[]> Snapshot()
    {
        lock (_lock)
        {
            return [.. _clients.Keys];
        }
    }

    private readonly record struct Connection(long Session, long Time, int Era);
}
