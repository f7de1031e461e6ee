namespace Kalinka.Common.Mqtt;

/// <summary>When bytes last moved, for <see cref="KeepAliveMonitor"/>. Time stamps of the clock; 0 means never or not now.</summary>
internal sealed class LinkActivity(TimeProvider time)
{
    // Written by the receive thread only.
    private long _waitingSince;
    private long _reads;

    // Written by the writer thread only.
    private long _writingSince;
    private long _lastWritten = time.GetTimestamp();

    /// <summary>When the receive thread began to wait for bytes; 0 while it is busy, in the handler say.</summary>
    public long WaitingSince => Volatile.Read(ref _waitingSince);

    /// <summary>How often bytes have come.</summary>
    public long Reads => Volatile.Read(ref _reads);

    /// <summary>When the write that is under way began; 0 for none.</summary>
    public long WritingSince => Volatile.Read(ref _writingSince);

    public long LastWritten => Volatile.Read(ref _lastWritten);

    public void ReadBegins() => Volatile.Write(ref _waitingSince, time.GetTimestamp());

    public void ReadEnds()
    {
        Volatile.Write(ref _waitingSince, 0);
        Volatile.Write(ref _reads, _reads + 1);
    }

    public void WriteBegins() => Volatile.Write(ref _writingSince, time.GetTimestamp());

    public void WriteEnds()
    {
        Volatile.Write(ref _lastWritten, time.GetTimestamp());
        Volatile.Write(ref _writingSince, 0);
    }
}
