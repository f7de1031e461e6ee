using System.CommandLine;
using Kalinka.Common.Verbs;
using Kalinka.Sub.Configuration;

namespace Kalinka.Sub.Verbs;

/// <summary>The record that <c>explain</c> is asked about.</summary>
internal sealed class ExplainedRecord
{
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

    public void AddTo(Command command)
    {
        command.Add(_kafkaTopic);
        command.Add(_key);
        command.Add(_headers);
    }

    public Explanation Explain(SubConfiguration configuration, ParseResult result)
    {
        var headers = result.GetValue(_headers) ?? [];
        var mapped = configuration.Mapping.Explain(
            result.GetRequiredValue(_kafkaTopic),
            result.GetValue(_key),
            headers
        );
        return Explanation.Of(
            mapped,
            mapped.Reason is null ? ExplainedHeaders.Of(mapped.Headers, [], headers) : null,
            broker: null,
            mapped.Reason
                ?? RecordFate.Of(headers, configuration.Options.Delivery.ExpirySlack, TimeProvider.System.GetUtcNow())
        );
    }
}
