using System.Buffers;
using System.CommandLine;
using System.Text;
using System.Text.Json;
using Kalinka.Common.Directory;
using Kalinka.Common.Hosting;
using Kalinka.Common.Verbs;
using Kalinka.Sub.Configuration;

namespace Kalinka.Sub.Verbs;

/// <summary><c>where CLIENT</c>: what the directory says of a client. Writes nothing.</summary>
internal sealed class WhereVerb
{
    private readonly ConfigurationArgument _configuration;
    private readonly Argument<string> _client = new("CLIENT") { Description = "The Client Identifier" };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };

    private WhereVerb(IReadOnlyDictionary<string, string> keys) => _configuration = new ConfigurationArgument(keys);

    public static Command Create(IReadOnlyDictionary<string, string> keys)
    {
        var verb = new WhereVerb(keys);
        var command = new Command("where", "Tells which broker a client is connected to; exit code 0, 1 when unknown")
        {
            verb._client,
            verb._configuration.Option,
            verb._json,
        };
        command.SetAction(verb.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult result, CancellationToken stopping)
    {
        var loaded = _configuration.Load(result, root => SubConfiguration.Read(root, InstanceName.First));
        if (loaded is null)
        {
            return ExitCodes.Mistake;
        }

        var client = result.GetRequiredValue(_client);
        var clientId = Encoding.UTF8.GetBytes(client);
        if (PlaceOf(loaded, clientId) is var (znode, rejection) && rejection is not null)
        {
            return Refuse(result, rejection);
        }

        var (location, problem) = await DirectoryQuestion.AskAsync(loaded.Options, clientId, stopping);
        if (location is not { } found)
        {
            return Refuse(result, problem ?? "no answer");
        }

        var configured = loaded.Mqtt.Brokers.Any(other => other.Name == found.Broker);
        var topic = znode is null ? loaded.Options.Directory.KafkaTopic : null;
        var whereabouts = new Whereabouts(client, found.Broker, DetailsOf(found), znode, topic, configured);
        return whereabouts.Print(result.InvocationConfiguration.Output, result.GetValue(_json));
    }

    /// <summary>The client's znode; null where clients are in a topic.</summary>
    private static (string? Znode, string? Rejection) PlaceOf(SubConfiguration loaded, byte[] clientId)
    {
        var options = loaded.Options;
        if (options.Directory.Kind == DirectoryKind.Kafka || options.ZooKeeper is not { } zooKeeper)
        {
            return (null, null);
        }

        var paths = new ClientPath(zooKeeper.ClientsPath, zooKeeper.Shards);
        return paths.TryMap(clientId, out var path, out var rejection) ? (path, null) : (null, rejection);
    }

    private static JsonElement? DetailsOf(Location location)
    {
        if (location.Json is not null || location.Details.IsEmpty)
        {
            return Whereabouts.ParseDetails(location.Json);
        }

        var json = new ArrayBufferWriter<byte>();
        location.Details.Write(json);
        return Whereabouts.ParseDetails(Encoding.UTF8.GetString(json.WrittenSpan));
    }

    private static int Refuse(ParseResult result, string problem)
    {
        result.InvocationConfiguration.Error.WriteLine($"error: {problem}");
        return ExitCodes.Mistake;
    }
}
