using System.CommandLine;
using Kalinka.Common.Verbs;
using Kalinka.Pub.Configuration;

namespace Kalinka.Pub.Verbs;

/// <summary>The MQTT message that <c>explain</c> is asked about.</summary>
internal sealed class ExplainedPublish
{
    private readonly Argument<string> _mqttTopic = new("TOPIC") { Description = "The topic name of the message" };
    private readonly Option<string> _broker = new("--broker")
    {
        Description = "The broker that it comes from; the only one of the configuration when left out",
        HelpName = "NAME",
    };
    private readonly Option<KeyValuePair<string, string>[]> _properties = NamedValues.Option(
        "--property",
        "A user property of the message; may be repeated"
    );

    public void AddTo(Command command)
    {
        command.Add(_mqttTopic);
        command.Add(_broker);
        command.Add(_properties);
    }

    /// <returns>Null for a broker that is neither configured nor may be announced.</returns>
    public Explanation? Explain(PubConfiguration configuration, ParseResult result)
    {
        var broker = result.GetValue(_broker);
        if (
            broker is not null
            && configuration.Options.Announced.Allow.Count == 0
            && configuration.Mqtt.Brokers.All(known => known.Name != broker)
        )
        {
            result.InvocationConfiguration.Error.WriteLine($"error: --broker {broker}: no such name in Mqtt:Brokers");
            return null;
        }

        return PubExplanations.Of(
            configuration,
            result.GetRequiredValue(_mqttTopic),
            broker,
            result.GetValue(_properties) ?? []
        );
    }
}
