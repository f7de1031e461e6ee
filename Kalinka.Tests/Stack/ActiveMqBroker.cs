using System.Diagnostics;

namespace Kalinka.Tests.Stack;

/// <summary>
/// ActiveMQ Classic from Debian's packages. Its MQTT connector needs libmqtt-client-java beside them, which activemq does
/// not ask for.
/// </summary>
internal sealed class ActiveMqBroker : PlainBroker
{
    private const string Home = "/usr/share/activemq";
    private const string Jars = "/usr/share/java";

    private static readonly string[] Needed = ["mqtt-client.jar", "hawtdispatch.jar", "hawtdispatch-transport.jar"];

    /// <summary>Why it cannot run here; null when it can.</summary>
    public static string? Missing =>
        !File.Exists($"{Home}/bin/activemq.jar") ? "the package activemq is not installed"
        : Needed.Any(jar => !File.Exists($"{Jars}/{jar}")) ? "the package libmqtt-client-java is not installed"
        : null;

    public static async Task<PlainBroker> StartAsync()
    {
        var broker = new ActiveMqBroker();
        broker.Configure();
        var start = new ProcessStartInfo("java");
        string[] arguments =
        [
            "-Xmx256m",
            $"-Dactivemq.home={Home}",
            $"-Dactivemq.base={broker.Folder}",
            $"-Dactivemq.conf={broker.Folder}",
            $"-Dactivemq.data={broker.Folder}/data",
            "-jar",
            $"{Home}/bin/activemq.jar",
            "start",
            $"xbean:file:{broker.Folder}/activemq.xml",
        ];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        await broker.LaunchAsync(start);
        return broker;
    }

    private void Configure()
    {
        var lib = Directory.CreateDirectory(Path.Combine(Folder, "lib")).FullName;
        foreach (var jar in Needed)
        {
            File.CreateSymbolicLink(Path.Combine(lib, jar), $"{Jars}/{jar}");
        }

        File.WriteAllText(
            Path.Combine(Folder, "activemq.xml"),
            $"""
            <beans xmlns="http://www.springframework.org/schema/beans"
                   xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
                   xsi:schemaLocation="http://www.springframework.org/schema/beans http://www.springframework.org/schema/beans/spring-beans-2.0.xsd
                                       http://activemq.apache.org/schema/core http://activemq.apache.org/schema/core/activemq-core.xsd">
              <broker xmlns="http://activemq.apache.org/schema/core" useJmx="false" brokerName="localhost"
                      dataDirectory="{Folder}/data">
                <persistenceAdapter><kahaDB directory="{Folder}/data/kahadb"/></persistenceAdapter>
                <transportConnectors>
                  <transportConnector name="mqtt" uri="mqtt://127.0.0.1:{Port}"/>
                </transportConnectors>
              </broker>
            </beans>
            """
        );
    }
}
