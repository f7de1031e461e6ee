using System.CommandLine;
using Kalinka.Common.Configuration;
using Kalinka.Common.Hosting;

namespace Kalinka.Common.Verbs;

/// <summary><c>check</c>: is the configuration right, and, when asked, do the servers answer?</summary>
public static class CheckVerb
{
    public static Command Create<T>(Daemon<T> daemon, IReadOnlyDictionary<string, string> keys)
        where T : class, IDaemonConfiguration
    {
        var configuration = new ConfigurationArgument(keys);
        var connect = new Option<bool>("--connect") { Description = "Try each broker, Kafka and ZooKeeper, too" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object" };
        var command = new Command("check", "Reports every mistake of the configuration at once; exit code 0, or 2")
        {
            configuration.Option,
            connect,
            json,
        };
        command.SetAction(
            async (result, stopping) =>
            {
                var loaded = configuration.Read(result, root => daemon.Read(root, InstanceName.First));
                var report = await ReportAsync(loaded, result.GetValue(connect), stopping);
                var streams = result.InvocationConfiguration;
                return report.Print(streams.Output, streams.Error, result.GetValue(json));
            }
        );
        return command;
    }

    private static async Task<CheckReport> ReportAsync<T>(Loaded<T> loaded, bool connect, CancellationToken stopping)
        where T : class, IDaemonConfiguration
    {
        if (loaded.Options is not { } configuration)
        {
            return new CheckReport(loaded.Findings, [], []);
        }

        var servers = connect ? await ServerCheck.RunAsync(configuration, stopping) : [];
        return new CheckReport(loaded.Findings, [.. configuration.Summary], servers);
    }
}
