namespace Kalinka.QuickStart.ZooKeeper;

/// <summary>A client's session, which outlives its connections. Under the server's lock.</summary>
internal sealed class ServerSession(long id, byte[] password, TimeSpan timeout, TimeProvider time)
{
    private long _heard = time.GetTimestamp();

    public long Id => id;

    public byte[] Password => password;

    public TimeSpan Timeout => timeout;

    /// <summary>The one that carries it now; null between two.</summary>
    public ServerConnection? Connection { get; set; }

    public bool Overdue => time.GetElapsedTime(_heard) > timeout;

    public void Heard() => _heard = time.GetTimestamp();
}
