using System.CommandLine;
using Kalinka.Common.Hosting;
using Kalinka.Common.Verbs;
using Kalinka.Sub.Configuration;

namespace Kalinka.Sub.Verbs;

/// <summary><c>explain</c>: what would become of a record, without sending it.</summary>
internal sealed class ExplainVerb
{
    private readonly ConfigurationArgument _configuration;
    private readonly Option<string> _kafkaTopic = new("--topic")
    {
        Description = "The Kafka topic of the record",
        HelpName = "TOPIC",
        Required = true,
    };
    private readonly Option<string> _key = new("--key")
    {
        Description = "The key of the record; null when left out",
        HelpName = "KEY",
    };
    private readonly Option<KeyValuePair<string, string>[]> _headers = NamedValues.Option(
        "--header",
        "A header of the record; may be repeated"
    );
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };

    private ExplainVerb(IReadOnlyDictionary<string, string> keys) => _configuration = new ConfigurationArgument(keys);

    public static Command Create(IReadOnlyDictionary<string, string> keys)
    {
        var verb = new ExplainVerb(keys);
        var command = new Command(
            "explain",
            "Tells which rule a record matches and how it is published; exit code 0, 1 when dropped or rejected"
        )
        {
            verb._configuration.Option,
            verb._kafkaTopic,
            verb._key,
            verb._headers,
            verb._json,
        };
        command.SetAction(verb.Run);
        return command;
    }

    private int Run(ParseResult result)
    {
        var loaded = _configuration.Load(result, root => SubConfiguration.Read(root, InstanceName.First));
        if (loaded is null)
        {
            return ExitCodes.Mistake;
        }

        var headers = result.GetValue(_headers) ?? [];
        var mapped = loaded.Mapping.Explain(result.GetRequiredValue(_kafkaTopic), result.GetValue(_key), headers);
        var explanation = Explanation.Of(
            mapped,
            mapped.Reason is null ? ExplainedHeaders.Of(mapped.Headers, [], headers) : null,
            broker: null,
            mapped.Reason
                ?? RecordFate.Of(headers, loaded.Options.Delivery.ExpirySlack, TimeProvider.System.GetUtcNow())
        );
        return explanation.Print(result.InvocationConfiguration.Output, result.GetValue(_json));
    }
}
