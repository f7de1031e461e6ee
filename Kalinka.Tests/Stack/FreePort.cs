using System.Net;
using System.Net.Sockets;

namespace Kalinka.Tests.Stack;

internal static class FreePort
{
    /// <summary>A TCP port of 127.0.0.1 that nobody listens on now; the kernel does not give it twice in a row.</summary>
    public static int Next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
