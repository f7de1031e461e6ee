using System.CommandLine;
using Kalinka.Common.Hosting;
using Microsoft.Extensions.Logging;

namespace Kalinka.Common.Verbs;

/// <summary><c>run</c>: the daemon itself.</summary>
public static class RunVerb
{
    internal const string Name = "run";

    public static Command Create<T>(Daemon<T> daemon, IReadOnlyDictionary<string, string> keys)
        where T : class, IDaemonConfiguration
    {
        var configuration = new ConfigurationArgument(keys);
        var verbose = new Option<bool>("--verbose") { Description = "Log at level Debug, with stack traces" };
        var command = new Command(Name, "Runs the daemon; SIGTERM drains it and ends it with exit code 0")
        {
            configuration.Option,
            verbose,
        };
        command.SetAction(
            (result, stopping) =>
            {
                var level = result.GetValue(verbose) ? LogLevel.Debug : LogLevel.Information;
                return RunAsync(daemon, configuration, result, level, stopping);
            }
        );
        return command;
    }

    private static async Task<int> RunAsync<T>(
        Daemon<T> daemon,
        ConfigurationArgument configuration,
        ParseResult result,
        LogLevel level,
        CancellationToken stopping
    )
        where T : class, IDaemonConfiguration
    {
        using var name = new InstanceName(daemon.Name);
        var loaded = configuration.Load(result, root => daemon.Read(root, name.Take));
        return loaded is null
            ? ExitCodes.Mistake
            : await DaemonHost.RunAsync(
                daemon.CreatePipeline(loaded),
                new DaemonHostOptions(daemon.Name, loaded.HttpUrl, level),
                stopping
            );
    }
}
