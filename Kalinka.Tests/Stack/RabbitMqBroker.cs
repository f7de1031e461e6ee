using System.Diagnostics;

namespace Kalinka.Tests.Stack;

/// <summary>RabbitMQ 3.10 from Debian's package, with its MQTT plugin: MQTT 3.1.1.</summary>
internal sealed class RabbitMqBroker : PlainBroker
{
    private const string Libraries = "/usr/lib/rabbitmq/lib";

    private readonly int _mapperPort = FreePort.Next();

    /// <summary>Why it cannot run here; null when it can.</summary>
    public static string? Missing => Server is null ? "the package rabbitmq-server is not installed" : null;

    private static string? Server =>
        Directory.Exists(Libraries)
            ? Directory
                .EnumerateDirectories(Libraries, "rabbitmq_server-*")
                .Select(version => Path.Combine(version, "sbin", "rabbitmq-server"))
                .FirstOrDefault(File.Exists)
            : null;

    public static async Task<PlainBroker> StartAsync()
    {
        var broker = new RabbitMqBroker();
        await broker.LaunchAsync(broker.Configured());
        return broker;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();

        // The port mapper is nobody's child.
        using var end = Process.Start(
            new ProcessStartInfo("epmd", $"-port {_mapperPort} -kill")
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        );
        await (end?.WaitForExitAsync() ?? Task.CompletedTask);
    }

    private ProcessStartInfo Configured()
    {
        File.WriteAllText(
            Path.Combine(Folder, "rabbitmq.conf"),
            $"""
            listeners.tcp = none
            mqtt.listeners.tcp.1 = 127.0.0.1:{Port}
            mqtt.allow_anonymous = true
            mqtt.prefetch = 1000
            """
        );
        File.WriteAllText(Path.Combine(Folder, "enabled_plugins"), "[rabbitmq_mqtt].");

        // A port mapper of its own as well, on the loopback.
        var start = new ProcessStartInfo(Server!)
        {
            Environment =
            {
                ["HOME"] = Folder,
                ["RABBITMQ_NODENAME"] = $"kalinka-{Port}@localhost",
                ["RABBITMQ_DIST_PORT"] = $"{FreePort.Next()}",
                ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
                ["ERL_EPMD_PORT"] = $"{_mapperPort}",
                ["RABBITMQ_MNESIA_BASE"] = $"{Folder}/mnesia",
                ["RABBITMQ_LOG_BASE"] = $"{Folder}/log",
                ["RABBITMQ_CONFIG_FILE"] = $"{Folder}/rabbitmq.conf",
                ["RABBITMQ_ENABLED_PLUGINS_FILE"] = $"{Folder}/enabled_plugins",
                ["RABBITMQ_PID_FILE"] = $"{Folder}/pid",
                ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1}",
            },
        };
        return start;
    }
}
