using Kalinka.Common.Mqtt;
using Kalinka.Common.Records;
using Kalinka.Sub.Deliveries;

namespace Kalinka.Sub.Publishing;

/// <summary>Makes the PUBLISH of a delivery. The dispatcher's.</summary>
/// <param name="renderTopic">Writes a topic that names the broker; returns why it cannot, or null.</param>
/// <param name="writeProperties">Writes the rule's own properties.</param>
/// <param name="leftOut">Told how many headers MQTT could not carry.</param>
internal sealed class MessageEncoder(
    TurnClock clock,
    RenderTopic renderTopic,
    Action<Delivery, PublishPropertiesWriter> writeProperties,
    Action<int> leftOut
)
{
    private readonly PublishPropertiesWriter _properties = new();

    /// <returns>Why the message is rejected; null otherwise.</returns>
    public string? Render(Delivery delivery, ReadOnlySpan<byte> brokerName) =>
        delivery.TopicNeedsBroker ? renderTopic(delivery, brokerName) : null;

    /// <summary>Encodes the properties; they last until the next call. The value of a tombstone is an empty payload.</summary>
    public OutgoingPublish Encode(Delivery delivery, MqttVersion version)
    {
        _properties.Clear();
        if (version != MqttVersion.V311)
        {
            WriteProperties(delivery);
        }

        return new OutgoingPublish
        {
            Topic = delivery.MqttTopic,
            Payload = delivery.Record.Value,
            Qos = delivery.Qos,
            Retain = delivery.Retain,
            ExpirySeconds = delivery.ExpiresAtMs is { } at ? Expiry.SecondsLeft(at, clock.UnixMs) : null,
            Properties = _properties.Written,
        };
    }

    private void WriteProperties(Delivery delivery)
    {
        writeProperties(delivery, _properties);
        var omitted = MessageProperties.Write(delivery.Record, delivery.Hops, _properties);
        if (omitted > 0)
        {
            leftOut(omitted);
        }
    }
}

/// <inheritdoc cref="MessageEncoder.Render"/>
internal delegate string? RenderTopic(Delivery delivery, ReadOnlySpan<byte> brokerName);
