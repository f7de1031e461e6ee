using System.CommandLine;
using Kalinka.Common.Hosting;
using Kalinka.Common.Verbs;
using Kalinka.Pub.Configuration;

namespace Kalinka.Pub.Verbs;

/// <summary><c>explain</c>: what would become of a message, without sending it.</summary>
internal sealed class ExplainVerb
{
    private readonly ConfigurationArgument _configuration;
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
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };

    private ExplainVerb(IReadOnlyDictionary<string, string> keys) => _configuration = new ConfigurationArgument(keys);

    public static Command Create(IReadOnlyDictionary<string, string> keys)
    {
        var verb = new ExplainVerb(keys);
        var command = new Command(
            "explain",
            "Tells which rule an MQTT topic matches and which record it makes; exit code 0, 1 when dropped or rejected"
        )
        {
            verb._mqttTopic,
            verb._configuration.Option,
            verb._broker,
            verb._properties,
            verb._json,
        };
        command.SetAction(verb.Run);
        return command;
    }

    private int Run(ParseResult result)
    {
        var loaded = _configuration.Load(result, root => PubConfiguration.Read(root, InstanceName.First));
        if (loaded is null)
        {
            return ExitCodes.Mistake;
        }

        var broker = result.GetValue(_broker);
        if (broker is not null && loaded.Mqtt.Brokers.All(known => known.Name != broker))
        {
            result.InvocationConfiguration.Error.WriteLine($"error: --broker {broker}: no such name in Mqtt:Brokers");
            return ExitCodes.Mistake;
        }

        var explanation = PubExplanations.Of(
            loaded,
            result.GetRequiredValue(_mqttTopic),
            broker,
            result.GetValue(_properties) ?? []
        );
        return explanation.Print(result.InvocationConfiguration.Output, result.GetValue(_json));
    }
}
