using Kalinka.Common.Mqtt;

namespace Kalinka.Pub.Intake;

/// <summary>
/// Takes messages of a seat's session that are no records: presence events, the broker's counters, the marker of the
/// queue's age. They come by plain filters of their own, in the order in which the broker sends them among the others,
/// and are acknowledged without being produced. One object observes one seat.
/// </summary>
/// <remarks>
/// A message that a rule's filter matches too comes twice, and is told apart by the Subscription Identifier. Where there
/// are none (MQTT 3.1.1, or the broker has them not), it is told by its topic alone: each copy is then observed, and
/// becomes a record too. Kafka away holds PUBACKs back, and with them what is observed at QoS 1, beyond Receive Maximum.
/// </remarks>
internal interface ISeatObserver
{
    /// <summary>Always the same, of different texts; no two observers of a seat may have the same one.</summary>
    IReadOnlyList<ObservedFilter> Filters { get; }

    /// <summary>
    /// The broker's answer to one filter, on every connection; a reason code of 0x80 or above is a refusal. That ends
    /// nothing: what is observed is less than the messages. Null: it is not asked any more, because it closes the
    /// connection on it.
    /// </summary>
    void OnSubscribed(ObservedFilter filter, MqttReasonCode? reason) { }

    /// <summary>Every filter has been answered; <see cref="OnClosed"/> follows in any case.</summary>
    void OnConnected(IMqttConnection connection) { }

    /// <summary>
    /// A message that one of the filters matches. On the receive thread, one call at a time: no waiting. The spans end
    /// with the call.
    /// </summary>
    void OnMessage(in IncomingPublish publish);

    /// <summary>The end of a message that was published at QoS 1 on the connection. On the receive thread.</summary>
    void OnPublishOutcome(long token, PublishOutcome outcome, MqttReasonCode reason) { }

    /// <summary>The connection is being left or has ended.</summary>
    void OnClosed() { }
}

/// <param name="Text">A plain topic filter.</param>
/// <param name="Qos">0 or 1. At QoS 0 nothing is queued while the seat is away, and Kafka's absence holds nothing back.</param>
/// <param name="RetainHandling">0: retained messages come on every connection; 1: with a new session; 2: never.</param>
internal sealed record ObservedFilter(string Text, int Qos, int RetainHandling = 0);
