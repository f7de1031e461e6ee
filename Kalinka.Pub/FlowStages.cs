using Kalinka.Common.Delivery;
using Kalinka.Common.Records;
using Kalinka.Pub.Mapping;
using Kalinka.Pub.Presence;
using Kalinka.Pub.Producing;
using Kalinka.Pub.Seats;

namespace Kalinka.Pub;

/// <summary>The stages that all seats share.</summary>
/// <param name="Qos0Reserve">Bytes of the budget that QoS 0 must leave to QoS 1: it is shed first.</param>
/// <param name="Presence">Null: presence is off.</param>
/// <param name="Pause">Null: nobody takes our seats while this process stands still.</param>
internal sealed record FlowStages(
    PubMapping Mapping,
    bool DeadLetterUnmapped,
    ByteBudget Budget,
    long Qos0Reserve,
    TopicRoute Route,
    RecordSender Sender,
    DeadLetterWriter DeadLetters,
    PresenceStage? Presence,
    PauseWatch? Pause,
    TimeProvider Time
);

/// <summary>Totals of one seat. Written by one thread at a time, the one that passes its messages on; read by anyone.</summary>
internal sealed class SeatCounters
{
    public long Received;

    /// <summary>QoS 0 messages for which there was no room.</summary>
    public long Shed;

    /// <summary>Further copies of one message, by overlapping subscriptions.</summary>
    public long Copies;

    /// <summary>Dropped, because no rule matches.</summary>
    public long Unmapped;

    public long DeadLettered;

    /// <summary>Sent again by a resumed session though Kafka had them; acknowledged without another record.</summary>
    public long AlreadyConfirmed;

    /// <summary>Malformed packets that the broker sent again and again; among the dead letters.</summary>
    public long Malformed;

    /// <summary>User properties left out because systems trust headers of that name.</summary>
    public long ForgedHeaders;
}
