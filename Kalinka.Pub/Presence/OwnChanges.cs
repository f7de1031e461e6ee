using Kalinka.Common.Text;

namespace Kalinka.Pub.Presence;

/// <summary>
/// Which events of the directory are the echo of what is being written here: one for each change. A second one is somebody
/// else's. Any thread.
/// </summary>
internal sealed class OwnChanges
{
    private readonly Lock _lock = new();
    private readonly HashSet<byte[]> _expected = new(ByteArrayComparer.Instance);

    public void Expect(IEnumerable<byte[]> clientIds)
    {
        lock (_lock)
        {
            _expected.UnionWith(clientIds);
        }
    }

    /// <returns>True the first time for a client that is expected.</returns>
    public bool IsEcho(byte[] clientId)
    {
        lock (_lock)
        {
            return _expected.Remove(clientId);
        }
    }

    /// <summary>What comes from here on, even late, is looked at.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _expected.Clear();
        }
    }
}
