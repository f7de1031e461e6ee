using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Kalinka.Tests.Architecture;

/// <summary>
/// Reads which types each type of a built assembly uses: bases, members, attributes, constraints and method bodies
/// (ECMA-335 II.22). The compiler inlines constants, so a constant of another type leaves no trace.
/// </summary>
internal static class TypeUses
{
    public static HashSet<TypeUse> Of(string assemblyFile)
    {
        using var file = new PEReader(File.OpenRead(assemblyFile));
        var metadata = file.GetMetadataReader();
        var uses = new HashSet<TypeUse>();
        foreach (var handle in metadata.TypeDefinitions)
        {
            var collector = new TypeUseCollector(metadata, handle, uses);
            VisitDeclaration(metadata, metadata.GetTypeDefinition(handle), collector);
            foreach (var method in metadata.GetTypeDefinition(handle).GetMethods())
            {
                VisitMethod(file, metadata.GetMethodDefinition(method), collector);
            }
        }
        return uses;
    }

    private static void VisitDeclaration(MetadataReader metadata, TypeDefinition type, TypeUseCollector collector)
    {
        collector.Add(type.BaseType);
        foreach (var implementation in type.GetInterfaceImplementations())
        {
            collector.Add(metadata.GetInterfaceImplementation(implementation).Interface);
        }
        foreach (var field in type.GetFields())
        {
            collector.AddSignature(metadata.GetFieldDefinition(field));
            collector.AddAttributes(metadata.GetFieldDefinition(field).GetCustomAttributes());
        }
        foreach (var property in type.GetProperties())
        {
            collector.AddAttributes(metadata.GetPropertyDefinition(property).GetCustomAttributes());
        }
        collector.AddAttributes(type.GetCustomAttributes());
        collector.AddConstraints(type.GetGenericParameters());
    }

    private static void VisitMethod(PEReader file, MethodDefinition method, TypeUseCollector collector)
    {
        collector.AddSignature(method);
        collector.AddAttributes(method.GetCustomAttributes());
        collector.AddConstraints(method.GetGenericParameters());
        if (method.RelativeVirtualAddress == 0)
        {
            return;
        }
        var body = file.GetMethodBody(method.RelativeVirtualAddress);
        collector.AddLocals(body.LocalSignature);
        foreach (var region in body.ExceptionRegions)
        {
            collector.Add(region.CatchType);
        }
        foreach (var token in InstructionTokens.Of(body.GetILReader()))
        {
            collector.Add(token);
        }
    }
}
