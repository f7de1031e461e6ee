using Kalinka.Common.Mqtt;

namespace Kalinka.Pub.Intake;

/// <summary>
/// Whether the seats of one broker share its messages, or seat 0 reads them alone by plain filters. Once it is found that
/// the broker does not share, that stays so for as long as the process lives: filters of both kinds would bring every message
/// twice. One per broker; any thread.
/// </summary>
internal sealed class Sharing(BrokerOptions broker)
{
    // MQTT 3.1.1 cannot say what it lacks: RabbitMQ grants $share filters and delivers nothing.
    private volatile bool _plain = broker.IsPlain;

    /// <summary>Seat 0 reads alone.</summary>
    public bool IsPlain => _plain;

    /// <summary>How many seats there are any use for.</summary>
    public int SeatsOf(int configured) => _plain ? 1 : configured;

    /// <summary>What CONNACK says of it.</summary>
    public void Note(MqttGrant grant) => _plain |= broker.Shared is null && !grant.SharedSubscriptions;

    /// <summary>
    /// What a SUBACK for a shared filter says of it. True when that is an answer only to its being shared, so that the plain
    /// filter is worth a try.
    /// </summary>
    public bool MayBePlain(MqttReasonCode refusal) =>
        broker.Shared is null
        && refusal
            is MqttReasonCode.SharedSubscriptionsNotSupported
                or MqttReasonCode.UnspecifiedError
                or MqttReasonCode.ImplementationSpecificError
                or MqttReasonCode.TopicFilterInvalid;

    public void FoundPlain() => _plain = true;
}
