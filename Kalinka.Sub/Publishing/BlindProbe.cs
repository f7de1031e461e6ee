using Kalinka.Common.Mqtt;

namespace Kalinka.Sub.Publishing;

/// <summary>
/// Finds out whether a broker answers 0x10, No matching subscribers: once a connection it is sent a message to a topic
/// that nobody has. The dispatcher's, except where said.
/// </summary>
internal sealed class BlindProbe
{
    private int _lost;
    private volatile Answer _answer;

    /// <summary>The broker does not say when nobody takes a message; null while that is not known. Any thread.</summary>
    public bool? IsBlind => _answer == Answer.None ? null : _answer == Answer.Blind;

    /// <summary>Sends the probe, where the broker can answer it.</summary>
    public void Send(IMqttConnection connection, MqttVersion version, long token)
    {
        if (version == MqttVersion.V311 || connection.Grant.MaximumQos == 0)
        {
            _answer = Answer.Blind;
        }
        else if (_lost < 2)
        {
            connection.TryPublish(Message(), token);
        }
    }

    public void OnOutcome(PublishOutcome outcome)
    {
        // Some brokers close the connection of whoever publishes where he may not: they are not asked a third time.
        _lost = outcome == PublishOutcome.Unavailable ? _lost + 1 : 0;
        if (outcome == PublishOutcome.NoSubscriber)
        {
            _answer = Answer.Sees;
        }
        else if (_lost is 0 or >= 2)
        {
            _answer = Answer.Blind;
        }
    }

    private static OutgoingPublish Message() =>
        new()
        {
            Topic = System.Text.Encoding.UTF8.GetBytes($"kalinka/probe/{Guid.NewGuid():N}"),
            Payload = [],
            Qos = 1,
            Retain = false,
        };

    private enum Answer
    {
        None,
        Sees,
        Blind,
    }
}
