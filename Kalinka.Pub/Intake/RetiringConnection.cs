using Kalinka.Common.Mqtt;

namespace Kalinka.Pub.Intake;

/// <summary>The receiving end of a session that is being retired.</summary>
/// <param name="arrivals">Null: nothing is expected.</param>
/// <param name="marker">The topic of the message that comes last.</param>
internal sealed class RetiringConnection(
    IArrivals? arrivals,
    MalformedPublishes malformed,
    byte[] marker,
    TimeProvider time
) : IMqttConnectionHandler
{
    private volatile bool _marked;
    private volatile bool _passing;
    private long _count;
    private long _last = time.GetTimestamp();

    /// <summary>The marker has come, and so has everything before it.</summary>
    public bool Marked => _marked;

    /// <summary>Messages so far, including one that waits for Kafka or for room.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>A message is on its way, perhaps waiting: it is not yet among those that settle.</summary>
    public bool Passing => _passing;

    /// <summary>Since the last message has been passed on, or the beginning.</summary>
    public TimeSpan SilentFor => time.GetElapsedTime(Interlocked.Read(ref _last));

    public void OnConnected(IMqttConnection connection) => arrivals?.Open(connection);

    public void OnPublish(in IncomingPublish publish)
    {
        if (publish.Topic.SequenceEqual(marker))
        {
            // It is not acknowledged: the session ends, and it with it.
            _marked = true;
        }
        else
        {
            _passing = true;
            Interlocked.Increment(ref _count);
            arrivals?.OnPublish(publish);
            Interlocked.Exchange(ref _last, time.GetTimestamp());
            _passing = false;
        }
    }

    public bool AcceptsMalformed(ReadOnlySpan<byte> body) => malformed.Accepts(body);

    public void OnPublishOutcome(long token, PublishOutcome outcome, MqttReasonCode reason) { }
}
