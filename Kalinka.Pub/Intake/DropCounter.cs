using System.Buffers.Text;
using Kalinka.Common.Mqtt;

namespace Kalinka.Pub.Intake;

/// <summary>
/// How many messages the broker says that it has dropped because a queue was full: of all its clients, since its start. By
/// seat 0. Mosquitto and EMQX tell; whose topics others use is not known.
/// </summary>
internal sealed class DropCounter : ISeatObserver
{
    private const long Unknown = -1;

    private long _dropped = Unknown;

    public IReadOnlyList<ObservedFilter> Filters { get; } =
    [
        new ObservedFilter("$SYS/broker/publish/messages/dropped", Qos: 0),
        new ObservedFilter("$SYS/brokers/+/metrics/delivery/dropped/queue_full", Qos: 0),
    ];

    /// <summary>The broker's figure; null when it has told none on this connection.</summary>
    public long? Dropped => Volatile.Read(ref _dropped) is var dropped and >= 0 ? dropped : null;

    public void OnMessage(in IncomingPublish publish)
    {
        if (
            Utf8Parser.TryParse(publish.Payload, out long dropped, out int read)
            && read == publish.Payload.Length
            && dropped >= 0
        )
        {
            Volatile.Write(ref _dropped, dropped);
        }
    }

    public void OnClosed() => Volatile.Write(ref _dropped, Unknown);
}
