using System.CommandLine;
using Kalinka.Common.Brokers;
using Kalinka.Common.Hosting;
using Kalinka.Common.Text;
using Kalinka.Common.Verbs;
using Kalinka.Common.ZooKeeper;
using Kalinka.Sub.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Sub.Verbs;

/// <summary>
/// <c>hold BROKER</c> and <c>release BROKER</c>: has all instances park a broker's traffic in Kafka, and send it again.
/// The mark is in the broker's znode.
/// </summary>
internal sealed class HoldVerb
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly bool _held;
    private readonly ConfigurationArgument _configuration;
    private readonly Argument<string> _broker = new("BROKER") { Description = "Its name" };

    private HoldVerb(bool held, IReadOnlyDictionary<string, string> keys) =>
        (_held, _configuration) = (held, new ConfigurationArgument(keys));

    public static Command CreateHold(IReadOnlyDictionary<string, string> keys) =>
        new HoldVerb(true, keys).Create(
            "hold",
            "Has all instances park a broker's traffic in Kafka until it is released"
        );

    public static Command CreateRelease(IReadOnlyDictionary<string, string> keys) =>
        new HoldVerb(false, keys).Create("release", "Has the traffic of a broker that was held sent again");

    private Command Create(string name, string description)
    {
        var command = new Command(name, $"{description}; exit code 0") { _broker, _configuration.Option };
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult result, CancellationToken stopping)
    {
        var loaded = _configuration.Load(result, root => SubConfiguration.Read(root, InstanceName.First));
        if (loaded is null)
        {
            return ExitCodes.Mistake;
        }

        if (loaded.ZooKeeper is not { } options)
        {
            return Refuse(result, "the configuration names no ZooKeeper, by which the instances could be told");
        }

        await using var ensemble = new ZooKeeperClient(options, TimeProvider.System, NullLogger.Instance);
        ensemble.Start();
        try
        {
            return await MarkAsync(ensemble, loaded, result, stopping).WaitAsync(Patience, stopping);
        }
        catch (TimeoutException)
        {
            var problem = ensemble.LastError ?? $"no answer within {Patience.TotalSeconds:0} s";
            return Refuse(result, $"ZooKeeper {options.ConnectionString}: {problem}");
        }
        catch (Exception refusal) when (refusal is ZooKeeperException or InvalidDataException)
        {
            return Refuse(result, refusal.Message);
        }
    }

    private async Task<int> MarkAsync(
        ZooKeeperClient ensemble,
        SubConfiguration loaded,
        ParseResult result,
        CancellationToken stopping
    )
    {
        var broker = result.GetRequiredValue(_broker);
        var known = loaded
            .Mqtt.Brokers.Select(configured => configured.Name)
            .Concat(await BrokerZnodes.NamesAsync(ensemble, stopping))
            .ToList();
        if (!known.Contains(broker))
        {
            return Refuse(result, $"no broker {broker} is configured or announced{Spelling.Suggest(broker, known)}");
        }

        await BrokerZnodes.MarkHeldAsync(ensemble, broker, _held, stopping);
        result.InvocationConfiguration.Output.WriteLine(
            _held ? $"{broker} is held: its traffic waits in Kafka" : $"{broker} is released"
        );
        return ExitCodes.Success;
    }

    private static int Refuse(ParseResult result, string problem)
    {
        result.InvocationConfiguration.Error.WriteLine($"error: {Printable.Of(problem)}");
        return ExitCodes.Mistake;
    }
}
