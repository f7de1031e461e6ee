using System.CommandLine;
using System.Text;
using Kalinka.Common.Directory;
using Kalinka.Common.Hosting;
using Kalinka.Common.Verbs;
using Kalinka.Common.ZooKeeper;
using Kalinka.Sub.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Sub.Verbs;

/// <summary><c>where CLIENT</c>: what the directory says of a client. Reads one znode and writes nothing.</summary>
internal sealed class WhereVerb
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

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
        var paths = new ClientPath(loaded.ZooKeeper.ClientsPath, loaded.ZooKeeper.Shards);
        if (!paths.TryMap(clientId, out var path, out var rejection))
        {
            return Refuse(result, rejection);
        }

        var (location, problem) = await ReadAsync(loaded.ZooKeeper, clientId, stopping);
        if (location is null)
        {
            return Refuse(result, $"ZooKeeper {loaded.ZooKeeper.ConnectionString}: {problem}");
        }

        var (broker, details) = (location.Value.Broker, Whereabouts.ParseDetails(location.Value.Json));
        var configured = loaded.Mqtt.Brokers.Any(other => other.Name == broker);
        var whereabouts = new Whereabouts(client, broker, details, path, configured);
        return whereabouts.Print(result.InvocationConfiguration.Output, result.GetValue(_json));
    }

    private static async Task<(Location? Location, string? Problem)> ReadAsync(
        ZooKeeperOptions options,
        byte[] clientId,
        CancellationToken stopping
    )
    {
        await using var ensemble = new ZooKeeperClient(options, TimeProvider.System, NullLogger.Instance);
        await using var directory = new ZnodeDirectory(
            ensemble,
            options,
            capacity: 1,
            keepDetails: true,
            TimeProvider.System,
            NullLogger.Instance
        );
        ensemble.Start();
        try
        {
            var read = directory.ReadAsync(clientId, stopping).AsTask();
            return (await read.WaitAsync(Patience, stopping), null);
        }
        catch (TimeoutException)
        {
            return (null, ensemble.LastError ?? $"no answer within {Patience.TotalSeconds:0} s");
        }
        catch (ZooKeeperException refusal)
        {
            return (null, refusal.Message);
        }
    }

    private static int Refuse(ParseResult result, string problem)
    {
        result.InvocationConfiguration.Error.WriteLine($"error: {problem}");
        return ExitCodes.Mistake;
    }
}
