using Kalinka.Common.Mqtt;

namespace Kalinka.Pub.Intake;

/// <summary>The receiving end of a session that is being retired.</summary>
/// <param name="arrivals">Null: nothing is expected.</param>
/// <param name="marker">The topic of the message that comes last.</param>
internal sealed class RetiringConnection(IArrivals? arrivals, byte[] marker, TimeProvider time) : IMqttConnectionHandler
{
    private volatile bool _marked;
    private long _last = time.GetTimestamp();

    /// <summary>The marker has come, and so has everything before it.</summary>
    public bool Marked => _marked;

    /// <summary>Since the last message, or the beginning.</summary>
    public TimeSpan SilentFor => time.GetElapsedTime(Interlocked.Read(ref _last));

    public void OnConnected(IMqttConnection connection) => arrivals?.Open(connection);

    public void OnPublish(in IncomingPublish publish)
    {
        Interlocked.Exchange(ref _last, time.GetTimestamp());
        if (publish.Topic.SequenceEqual(marker))
        {
            // It is not acknowledged: the session ends, and it with it.
            _marked = true;
        }
        else
        {
            arrivals?.OnPublish(publish);
            Interlocked.Exchange(ref _last, time.GetTimestamp());
        }
    }

    public void OnPublishOutcome(long token, PublishOutcome outcome, MqttReasonCode reason) { }
}
